import { newHome } from '../support/deployment.ts';
import { readingSuite } from './suites/reading.ts';

readingSuite(newHome);
