export { reshaping as Reshape } from '../reshaping.ts';
