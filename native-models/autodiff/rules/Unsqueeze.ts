export { reshaping as Unsqueeze } from '../reshaping.ts';
