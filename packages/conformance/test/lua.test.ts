import { startServer } from '@fastfn/testing';
import { conformance } from '../src/index.js';

conformance('lua', { startServer });
