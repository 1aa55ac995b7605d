import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { startStore } from '../../infra/event-store/store-thread.ts';
import { apiWith } from '../support/api.ts';
import { newHome } from '../support/deployment.ts';
import { shrike } from '../support/shrike.ts';
import { excludingSuite } from './suites/excluding.ts';
import { standingStillSuite } from './suites/standing-still.ts';

describe('excluding', () => excludingSuite(newHome));

describe('standing still', () =>
  standingStillSuite({
    newHome,
    partitions: 1,
    async append({ folder }, stream, revision, fact) {
      const store = await startStore(join(folder, 'facts.db'));
      await store.client.append(stream, revision, [fact]);
      await store.close();
    },
    verify: ({ folder }) => shrike(['verify', '--data', folder]),
    async alsoTold(server, accountId) {
      const { body } = await apiWith(server, server.keys.read).get('/metrics');
      const labels = `partition="0",account="${accountId}",revision="1"`;
      expect(body).toMatch(new RegExp(`^shrike_risk_blocked_position\\{${labels}\\} \\d+$`, 'm'));
    },
  }));
