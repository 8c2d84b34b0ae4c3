import borders from './borders.mjs';

/** Our own rules for the linter. */
export default { meta: { name: 'tasktower' }, rules: { borders } };
