import type { ViewDatabase } from '../projection.ts';

/** Where a database of views is, for another thread or process. */
export type ViewsPlace = { engine: 'sqlite'; path: string } | { engine: 'postgres'; url: string };

/** Databases of views, as the contract suites use them. */
export interface ViewsUnderTest {
  /** An empty one. */
  views(): Promise<ViewDatabase>;
  placeOf(db: ViewDatabase): ViewsPlace;
  /** Its canonical dump. */
  dumpOf(db: ViewDatabase): Promise<string[]>;
  /** Closes and removes all. */
  close(): Promise<void>;
  /** How often a property is tried that makes two databases a try. */
  tries: number;
}
