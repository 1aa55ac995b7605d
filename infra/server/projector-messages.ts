import type { SealEvery } from '../../processors/sealer.ts';
import type { ProjectionState } from '../../projections/projection-loop.ts';
import type { StoreAddress } from '../event-store/store-client.ts';

/** What the projector thread is started with. */
export interface ProjectorWorkerData {
  store: StoreAddress;
  viewsPath: string;
  /** Decisions are read there to be sealed. */
  riskPath: string;
  sealEvery: SealEvery;
}

export type ProjectorOrder = 'stop';

/** Told whenever a view has moved, or has begun or ceased to have trouble. */
export type ProjectorNews = ProjectionState;
