import { describe } from '@jest/globals';
import { sqliteViews } from '../../../projections/testing/sqlite-views.ts';
import { ruleSetAndRatesQueriesContract } from './rule-sets-and-rates.contract.ts';

describe('in SQLite', () => ruleSetAndRatesQueriesContract(sqliteViews()));
