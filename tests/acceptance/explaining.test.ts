import { newHome } from '../support/deployment.ts';
import { shrike } from '../support/shrike.ts';
import { explainingSuite } from './suites/explaining.ts';

explainingSuite(newHome, (home, args) => shrike([...args, '--data', home.folder]));
