/**
 * The transcendental functions of rules. ECMAScript leaves their last bits to the engine, and Math.pow does
 * give other bits in another Node; a decision recomputed years later must not depend on that. These are the
 * fdlibm algorithms in JavaScript, at one exact version.
 */
import asin from '@stdlib/math-base-special-asin';
import cos from '@stdlib/math-base-special-cos';
import exp from '@stdlib/math-base-special-exp';
import ln from '@stdlib/math-base-special-ln';
import log2 from '@stdlib/math-base-special-log2';
import log10 from '@stdlib/math-base-special-log10';
import pow from '@stdlib/math-base-special-pow';
import sin from '@stdlib/math-base-special-sin';

export { asin, cos, exp, ln, log2, log10, pow, sin };
