/** Of the engine's mathematics what the station may use by itself: numbers in, numbers out, no session and no file. */
export { wilsonRate } from '../../native-models/evaluate/rates.ts';
