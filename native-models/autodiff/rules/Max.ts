export { extremum as Max } from '../extremum.ts';
