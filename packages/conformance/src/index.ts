export type {
  Answer,
  Capability,
  Case,
  Edit,
  Expectation,
  RequestSpec,
  Stage,
  Step,
  Subject,
} from './case.js';
export { CASES } from './cases/index.js';
export { FUNCTIONS, type FunctionFolder } from './functions.js';
export { type ConformanceOptions, type ConformanceServer, conformance } from './run.js';
export { SUBJECTS } from './subjects.js';
