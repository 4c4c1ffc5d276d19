import { startServer } from '@fastfn/testing';
import { conformance } from '../src/index.js';

conformance('php', { startServer });
