import { newHome } from '../support/deployment.ts';
import { shrike } from '../support/shrike.ts';
import { listsSuite } from './suites/lists.ts';

listsSuite(newHome, (home, args) => shrike([...args, '--data', home.folder]));
