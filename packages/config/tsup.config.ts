import { library } from '../../tsup.base.js';

// zod comes along, without what nobody calls: loaded whole (49 translations of its messages among it) it took 16 MB by itself, and so 6.5.
// Its licence is in THIRD-PARTY-NOTICES.md.
export default library({ noExternal: ['zod'] });
