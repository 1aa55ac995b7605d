import { describe } from '@jest/globals';
import { deliveryContract } from './delivery.contract.ts';
import { sqliteViews } from './testing/sqlite-views.ts';

describe('in SQLite', () => deliveryContract(sqliteViews()));
