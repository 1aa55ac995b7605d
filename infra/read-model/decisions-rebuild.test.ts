import { describe } from '@jest/globals';
import { riskRebuildContract } from './risk-rebuild.contract.ts';
import { sqliteRisk } from './testing/sqlite-risk.ts';

describe('the rebuild of SQLite', () => riskRebuildContract(sqliteRisk));
