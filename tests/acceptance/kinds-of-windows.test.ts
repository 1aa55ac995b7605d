import { newHome } from '../support/deployment.ts';
import { kindsOfWindowsSuite } from './suites/kinds-of-windows.ts';

kindsOfWindowsSuite(newHome);
