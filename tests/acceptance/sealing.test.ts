import { newHome } from '../support/deployment.ts';
import { shrike } from '../support/shrike.ts';
import { sealingSuite } from './suites/sealing.ts';

sealingSuite(newHome, ({ folder }, [command, ...rest]) => shrike([command!, '--data', folder, ...rest]));
