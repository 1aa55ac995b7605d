import { newHome } from '../support/deployment.ts';
import { workingAlertsSuite } from './suites/working-alerts.ts';

workingAlertsSuite(newHome);
