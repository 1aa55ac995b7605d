import { describe } from '@jest/globals';
import { startDeploymentEngines } from '../../infra/engines/deployment-engines.ts';
import { openEventStoreDb } from '../../infra/eventstoredb/event-store-db.ts';
import { newDistributedHome } from '../support/distributed.ts';
import { shrike } from '../support/shrike.ts';
import { describeWith, engineOf } from '../support/with-engine.ts';
import { backtestingSuite } from './suites/backtesting.ts';
import { excludingSuite } from './suites/excluding.ts';
import { explainingSuite } from './suites/explaining.ts';
import { gatheringAlertsSuite } from './suites/gathering-alerts.ts';
import { kindsOfWindowsSuite } from './suites/kinds-of-windows.ts';
import { learningSuite } from './suites/learning.ts';
import { listsSuite } from './suites/lists.ts';
import { readingSuite } from './suites/reading.ts';
import { restartSuite } from './suites/restart.ts';
import { ruleSetLifeSuite } from './suites/rule-set-life.ts';
import { rulesAndRatesSuite } from './suites/rules-and-rates.ts';
import { sealingSuite } from './suites/sealing.ts';
import { standingStillSuite } from './suites/standing-still.ts';
import { submittingSuite } from './suites/submitting.ts';
import { workingAlertsSuite } from './suites/working-alerts.ts';

const engines = await engineOf(startDeploymentEngines);

describeWith('the distributed deployment', engines, (engine) => {
  const newHome = () => newDistributedHome(engine());

  describe('submitting', () => submittingSuite(newHome));
  describe('reading', () => readingSuite(newHome));
  describe('learning', () => learningSuite(newHome));
  describe('kinds of windows', () => kindsOfWindowsSuite(newHome));
  describe('working alerts', () => workingAlertsSuite(newHome));
  describe('gathering alerts', () => gatheringAlertsSuite(newHome));
  describe('rules and rates', () => rulesAndRatesSuite(newHome));
  describe('lists', () => listsSuite(newHome, (home, args) => shrike(args, home.environment())));
  describe('the life of rule sets', () => ruleSetLifeSuite(newHome));
  describe('excluding', () => excludingSuite(newHome));
  describe('explaining', () => explainingSuite(newHome, (home, args) => shrike(args, home.environment())));
  describe('standing still', () =>
    standingStillSuite({
      newHome,
      partitions: 4,
      async append(home, stream, revision, fact) {
        const store = openEventStoreDb(home.environment().EVENTSTORE_URL!);
        await store.append(stream, revision, [fact]);
        await store.close();
      },
      verify: (home) => shrike(['verify'], home.environment()),
    }));
  describe('sealing', () => sealingSuite(newHome, (home, args) => shrike(args, home.environment())));
  describe('backtesting', () => backtestingSuite(newHome));
  describe('restart', () => restartSuite(newHome));
});
