/** `npm run build`: JavaScript for the package, because Node runs no TypeScript inside node_modules. */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const built = join(root, 'dist');

// What an earlier build left would be packed too.
rmSync(built, { recursive: true, force: true });
const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [compiler, '--project', join(root, 'tsconfig.build.json')], {
  stdio: 'inherit',
});
if (status !== 0) process.exit(1);

// Read at run time, beside the code.
const data = (path: string) => !path.endsWith('.ts');
cpSync(join(root, 'infra', 'defaults'), join(built, 'infra', 'defaults'), { recursive: true, filter: data });
