import { describe } from '@jest/globals';
import { startDeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { newDistributedHome } from '../support/distributed.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';
import { excludingSuite } from './suites/excluding.ts';
import { readingSuite } from './suites/reading.ts';
import { restartSuite } from './suites/restart.ts';
import { rulesAndRatesSuite } from './suites/rules-and-rates.ts';
import { submittingSuite } from './suites/submitting.ts';
import { workingAlertsSuite } from './suites/working-alerts.ts';

const engines = await engineOf(startDeploymentEngines);

describeWith('the distributed deployment', engines, (engine) => {
  const newHome = () => newDistributedHome(engine());

  describe('submitting', () => submittingSuite(newHome));
  describe('reading', () => readingSuite(newHome));
  describe('working alerts', () => workingAlertsSuite(newHome));
  describe('rules and rates', () => rulesAndRatesSuite(newHome));
  describe('excluding', () => excludingSuite(newHome));
  describe('restart', () => restartSuite(newHome));
});
