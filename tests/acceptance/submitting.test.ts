import { newHome } from '../support/deployment.ts';
import { submittingSuite } from './suites/submitting.ts';

submittingSuite(newHome);
