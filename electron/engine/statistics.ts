/** Of the engine's mathematics what the station may use by itself: numbers in, numbers out, no session and no file. */
export { nearestRank } from '../../native-models/statistics/nearestRank.ts';
export { wilsonRate } from '../../native-models/evaluate/rates.ts';
export { cusumChart, designCusum } from '../../native-models/statistics/controlCharts/cusum.ts';
export { ewmaChart, ewmaOf } from '../../native-models/statistics/controlCharts/ewma.ts';
export { laneyChart, pChart } from '../../native-models/statistics/controlCharts/pChart.ts';
export {
  pooledRate,
  type Chart,
  type Subgroup,
} from '../../native-models/statistics/controlCharts/subgroups.ts';
export {
  westernElectric,
  type RuleNumber,
} from '../../native-models/statistics/controlCharts/westernElectric.ts';
export { individualsChart, individualsOf } from '../../native-models/statistics/controlCharts/individuals.ts';
