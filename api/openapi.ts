import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';

/** Nothing from elsewhere, and nothing to elsewhere. Styles are set by script, which needs the exception. */
const CSP =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'; base-uri 'self'";

const UI_PATH = '/docs';

/** Describes every route that is registered after it: /openapi.json, and a page at /docs to try them. */
export function documentApi(app: FastifyInstance, version: string): void {
  app.addHook('onRoute', (route) => {
    if (isUi(route)) route.config = { ...route.config, scope: 'public' };
  });
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Shrike',
        version,
        description:
          'Fraud detection on a stream of payments: submit transactions, read decisions, work alerts.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An API key, shk_...' },
          apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' },
        },
      },
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      return { schema: { ...schema, security: security(document.route) }, url };
    },
    transformObject: jsonSchemaTransformObject,
  });
  app.register(swaggerUi, { routePrefix: UI_PATH, staticCSP: CSP, uiConfig: { persistAuthorization: true } });
  app.register(async (scope) => {
    scope.get('/openapi.json', { config: { scope: 'public' }, schema: { hide: true } }, () => app.swagger());
  });
}

function security({ config }: RouteOptions) {
  if (config?.scope === 'public') return [];
  // What a batch needs depends on its query; it says so itself.
  const scope = config?.scope;
  const scopes = scope === undefined || typeof scope === 'function' ? ['submit'] : [scope].flat();
  return scopes.flatMap((each) => [{ bearer: [each] }, { apiKey: [each] }]);
}

const isUi = ({ url }: RouteOptions): boolean => url === UI_PATH || url.startsWith(`${UI_PATH}/`);
