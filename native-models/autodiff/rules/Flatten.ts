export { reshaping as Flatten } from '../reshaping.ts';
