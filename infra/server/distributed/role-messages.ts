import type { RiskStatus } from '../../../processors/risk-status.ts';
import type { SealEvery } from '../../../processors/sealer.ts';
import type { StageReport } from '../../postgres/role-reports.ts';
import type { EnginesConfig } from './engines-config.ts';
import type { Role } from './roles.ts';

export type ThreadRole = Exclude<Role, 'api'>;

/** What the thread of a role is started with. */
export interface RoleWorkerData {
  role: ThreadRole;
  engines: EnginesConfig;
  /** Names the process in reports. */
  process: string;
  latenessMs: number;
  budgetEvents: number;
  sealEvery: SealEvery;
}

export type RoleOrder = 'stop';

export type RoleNews =
  /** It works, or stands by. */
  | { kind: 'started' }
  /** Every second. */
  | { kind: 'status'; reports: StageReport[]; risk: RiskStatus[] }
  | { kind: 'trouble'; problem: string };
