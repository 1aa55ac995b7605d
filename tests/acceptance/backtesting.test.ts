import { newHome } from '../support/deployment.ts';
import { backtestingSuite } from './suites/backtesting.ts';

backtestingSuite(newHome);
