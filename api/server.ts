import fastify, { type FastifyInstance } from 'fastify';
import { type App, checkRequest } from './app.ts';
import { refusal, requireKeys } from './auth.ts';
import { readBatches } from './batch/answer-batch.ts';
import { limitBodyTime } from './body-deadline.ts';
import {
  answerClientError,
  answerError,
  problemOf,
  type ReportError,
  sendProblem,
  unsupportedMediaType,
} from './errors.ts';
import { parseJson } from './json.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { documentApi } from './openapi.ts';
import { Problem } from './problem.ts';
import { countRequests, type RequestMetrics, requestMetrics } from './request-metrics.ts';
import { accountRoutes } from './routes/accounts.ts';
import { alertCommandRoutes } from './routes/alert-commands.ts';
import { alertRoutes } from './routes/alerts.ts';
import { backtestRoutes } from './routes/backtests.ts';
import { batchRoutes } from './routes/batch.ts';
import { explanationRoutes } from './routes/explanation.ts';
import { factRoutes } from './routes/facts.ts';
import { healthRoutes } from './routes/health.ts';
import { labelBatchRoutes, learningRoutes } from './routes/learning.ts';
import { listRoutes } from './routes/lists.ts';
import { liveRoutes } from './routes/live.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { rateRoutes } from './routes/rates.ts';
import { ruleSetLifeRoutes } from './routes/rule-set-life.ts';
import { ruleSetRoutes } from './routes/rule-sets.ts';
import { scoreRoutes } from './routes/score.ts';
import { statusRoutes } from './routes/status.ts';
import { transactionRoutes } from './routes/transactions.ts';
import { answerUnrouted } from './routing.ts';
import type { Services } from './services.ts';

export interface ServerOptions {
  version: string;
  /** Told of every unexpected error, under the id its client got. */
  report: ReportError;
  limits?: Partial<Limits>;
}

/** The HTTP API over the services. Ready to listen; ends its live feeds when it is closed. */
export function buildServer(services: Services, options: ServerOptions): FastifyInstance {
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const app = bareServer(services, options.report, limits);
  const metrics = requestMetrics(services.metrics);
  limitBodyTime(app, limits.bodyMs);
  refuseWhileClosing(app);
  documentApi(app, options.version);
  requireKeys(app, services.authenticate);
  refuseEncodings(app);
  countRequests(app, services.metrics);
  answerUnrouted(app);
  app.setErrorHandler(answerError(options.report));
  app.setValidatorCompiler(checkRequest);
  app.setSerializerCompiler(() => JSON.stringify);
  readJson(app);
  app.register(async (scope: App) => routes(scope, services, metrics, limits, options.report));
  return app;
}

function bareServer(services: Services, report: ReportError, limits: Limits): FastifyInstance {
  const app = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.idleMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: {
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: Math.min(5_000, limits.headersMs),
    },
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512 },
    clientErrorHandler: answerClientError,
    frameworkErrors: (error, request, reply) => {
      const refused = refusal(request, services.authenticate);
      sendProblem(reply, refused ?? problemOf(error, request.id, report));
    },
    genReqId: requestIds(),
  });
  app.server.maxConnections = limits.connections;
  return app;
}

function routes(
  app: App,
  services: Services,
  metrics: RequestMetrics,
  limits: Limits,
  report: ReportError,
): void {
  transactionRoutes(app, services, metrics);
  scoreRoutes(app, services);
  accountRoutes(app, services);
  alertRoutes(app, services);
  alertCommandRoutes(app, services);
  learningRoutes(app, services);
  explanationRoutes(app, services);
  factRoutes(app, services);
  backtestRoutes(app, services, limits);
  rateRoutes(app, services);
  liveRoutes(app, services, limits);
  statusRoutes(app, services);
  healthRoutes(app, services);
  metricsRoutes(app, services);
  app.register(async (scope: App) => {
    readBatches(scope, limits);
    batchRoutes(scope, services, metrics, limits, report);
    labelBatchRoutes(scope, services, limits, report);
  });
  ruleSetLifeRoutes(app, services);
  app.register(async (scope: App) => ruleSetRoutes(scope, services, limits));
  app.register(async (scope: App) => listRoutes(scope, services, limits));
}

/** JSON and nothing else, read strictly. */
function readJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    let value: unknown;
    try {
      value = body.length === 0 ? undefined : parseJson(body as Buffer);
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, value);
  });
}

function refuseEncodings(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const encoding = request.headers['content-encoding'];
    if (encoding === undefined || encoding === 'identity') done();
    else done(unsupportedMediaType('Send the body without Content-Encoding.'));
  });
}

function refuseWhileClosing(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    // What is still being answered is the last of its connection.
    app.server.keepAliveTimeout = 1;
    done();
  });
  app.addHook('onRequest', (_request, reply, done) => {
    if (!closing) return done();
    reply.header('connection', 'close');
    done(new Problem('unavailable', 'The server is shutting down.'));
  });
}

/** Tells requests apart, also those of an earlier run of the server. */
function requestIds(): () => string {
  const run = Date.now().toString(36);
  let count = 0;
  return () => `${run}-${(++count).toString(36)}`;
}
