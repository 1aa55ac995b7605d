import { newHome } from '../support/deployment.ts';
import { gatheringAlertsSuite } from './suites/gathering-alerts.ts';

gatheringAlertsSuite(newHome);
