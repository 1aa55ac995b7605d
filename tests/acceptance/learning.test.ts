import { newHome } from '../support/deployment.ts';
import { learningSuite } from './suites/learning.ts';

learningSuite(newHome);
