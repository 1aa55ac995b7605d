/** Jest runs the TypeScript sources as ES modules; swc strips the types. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  testMatch: ['<rootDir>/{domain,projections,processors,api,infra,tests}/**/*.test.ts'],
  testTimeout: 30_000,
};
