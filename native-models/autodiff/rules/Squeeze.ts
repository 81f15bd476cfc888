export { reshaping as Squeeze } from '../reshaping.ts';
