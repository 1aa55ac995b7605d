import { describe } from '@jest/globals';
import { runnerContract } from './runner.contract.ts';
import { sqliteViews } from './testing/sqlite-views.ts';

describe('in SQLite', () => runnerContract(sqliteViews()));
