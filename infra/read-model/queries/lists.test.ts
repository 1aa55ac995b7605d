import { describe } from '@jest/globals';
import { sqliteViews } from '../../../projections/testing/sqlite-views.ts';
import { listQueriesContract } from './lists.contract.ts';

describe('in SQLite', () => listQueriesContract(sqliteViews()));
