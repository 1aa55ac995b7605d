import { newHome } from '../support/deployment.ts';
import { ruleSetLifeSuite } from './suites/rule-set-life.ts';

ruleSetLifeSuite(newHome);
