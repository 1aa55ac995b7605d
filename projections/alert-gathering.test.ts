import { describe } from '@jest/globals';
import { alertGatheringContract } from './alert-gathering.contract.ts';
import { sqliteViews } from './testing/sqlite-views.ts';

describe('in SQLite', () => alertGatheringContract(sqliteViews()));
