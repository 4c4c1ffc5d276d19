import { library } from '../../tsup.base.js';

// zod comes along, without what nobody calls: loaded whole (49 translations of its messages among it) it costs every process 10 MB.
export default library({ noExternal: ['zod'] });
