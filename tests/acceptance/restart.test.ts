import { newHome } from '../support/deployment.ts';
import { restartSuite } from './suites/restart.ts';

restartSuite(newHome);
