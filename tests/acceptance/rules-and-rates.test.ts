import { newHome } from '../support/deployment.ts';
import { rulesAndRatesSuite } from './suites/rules-and-rates.ts';

rulesAndRatesSuite(newHome);
