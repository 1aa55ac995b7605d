import { describe } from '@jest/globals';
import { rebuildContract } from './rebuild.contract.ts';
import { sqliteViews } from './testing/sqlite-views.ts';

describe('in SQLite', () => rebuildContract(sqliteViews()));
