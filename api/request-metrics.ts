import type { FastifyInstance } from 'fastify';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { FieldProblem } from '../domain/door/field-problems.ts';
import { transactionSchema } from '../domain/transaction.ts';

/** Seconds, from the fastest durable append to the longest wait. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30];

export type Outcome = 'accepted' | 'known' | 'conflict' | 'refused' | 'overloaded';

/** What the front door counts. */
export interface RequestMetrics {
  submission(outcome: Outcome, count?: number): void;
  refused(problems: readonly FieldProblem[]): void;
  submitSeconds(seconds: number): void;
  decisionSeconds(seconds: number): void;
  degraded(): void;
}

export function requestMetrics(registry: Registry): RequestMetrics {
  const registers = [registry];
  const submissions = new Counter({
    name: 'shrike_submissions_total',
    help: 'Transactions submitted, by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  const refusals = new Counter({
    name: 'shrike_refused_fields_total',
    help: 'Refused transactions, by the field at fault',
    labelNames: ['field'],
    registers,
  });
  const degraded = new Counter({
    name: 'shrike_degraded_answers_total',
    help: 'Answers given by the fallback of the key because the decision was not there in time',
    registers,
  });
  const submit = new Histogram({
    name: 'shrike_submit_seconds',
    help: 'From the parsed transaction to its durable append',
    buckets: BUCKETS,
    registers,
  });
  const decision = new Histogram({
    name: 'shrike_decision_seconds',
    help: 'From the parsed transaction to its decision, where a client waited for it',
    buckets: BUCKETS,
    registers,
  });
  return {
    submission: (outcome, count = 1) => submissions.inc({ outcome }, count),
    refused: (problems) => refusals.inc({ field: fieldLabel(problems[0]?.field) }),
    submitSeconds: (seconds) => submit.observe(seconds),
    decisionSeconds: (seconds) => decision.observe(seconds),
    degraded: () => degraded.inc(),
  };
}

/** Clients choose field names, so only those of the schema become labels. */
function fieldLabel(field: string | undefined): string {
  const name = field?.split('.', 1)[0] ?? '';
  return Object.hasOwn(transactionSchema.shape, name) ? name : 'other';
}

/** Counts every answer by route, method and status. */
export function countRequests(app: FastifyInstance, registry: Registry): void {
  const requests = new Counter({
    name: 'shrike_http_requests_total',
    help: 'HTTP requests answered',
    labelNames: ['route', 'method', 'status'],
    registers: [registry],
  });
  app.addHook('onSend', (request, reply, _payload, done) => {
    requests.inc({
      route: request.routeOptions.url ?? 'none',
      method: request.method,
      status: String(reply.statusCode),
    });
    done();
  });
}
