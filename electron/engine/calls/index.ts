import type { Clock } from '../../platform/clock.ts';
import { configure, createEngine } from '../engine.ts';
import type { EngineHandlers } from '../serve.ts';
import { judge } from './judge.ts';
import { card, load } from './models.ts';
import { convert, picture } from './pictures.ts';

/** The calls of one engine process, one handler each. */
export function engineHandlers(clock: Clock): EngineHandlers {
  const engine = createEngine(clock);
  return {
    configure: async (config) => ({ ...(await configure(engine, config)), pid: process.pid }),
    load: (request) => load(engine, request),
    judge: (request) => judge(engine, request),
    providers: async () => (await import('./tryProvider.ts')).providers(),
    tryProvider: async (request) => (await import('./tryProvider.ts')).tryProvider(request),
    compareParity: async (request) => (await import('./compareParity.ts')).compareParity(engine, request),
    picture: (request) => picture(engine, request),
    convert,
    // What only the training engine needs is loaded on first use: a restarted inspection engine must be back soon.
    teach: async (request, context) => (await import('./teach.ts')).teach(engine, request, context),
    teachClassifier: async (request, context) =>
      (await import('./classifiers.ts')).teachClassifierFrom(engine, request, context),
    importClassifier: async (request, context) =>
      (await import('./classifiers.ts')).importClassifierFile(engine, request, context),
    describeClassifier: async (request) => (await import('./classifiers.ts')).describeClassifierFile(request),
    readLabels: async (request) => (await import('./classifiers.ts')).readLabels(request),
    probe: async (request, context) => (await import('./probe.ts')).probe(engine, request, context),
    screen: async (request, context) => (await import('./screen.ts')).screen(engine, request, context),
    train: async (request, context) => (await import('./train.ts')).train(engine, request, context),
    planFineTune: async (request, context) =>
      (await import('./fineTune.ts')).planFineTune(engine, request, context),
    fineTune: async (request, context) => (await import('./fineTune.ts')).fineTune(engine, request, context),
    pauseTraining: ({ paused }) => {
      engine.training.set(paused);
      return { paused };
    },
    noisyPicture: async (request) => (await import('./noisyPicture.ts')).showNoise(engine, request),
    conditionPicture: async (request) => (await import('./corrupt.ts')).conditionPicture(request),
    corrupt: async (request) => (await import('./corrupt.ts')).corruptFile(request),
    estimateSite: async (request, context) =>
      (await import('./site.ts')).estimateSite(engine, request, context),
    applyPatch: async (request) => (await import('./patches.ts')).applyPatch(request),
    verifyPatch: async (request) => (await import('./patches.ts')).verifyPatch(request),
    removePatch: async (request) => (await import('./patches.ts')).removePatch(request),
    evaluate: async (request, context) => (await import('./evaluate.ts')).evaluate(engine, request, context),
    compareCosts: async (request) => (await import('./evaluate.ts')).compareCosts(request),
    weighRecord: async (request) => (await import('./weighRecord.ts')).weighRecord(request),
    watchDrift: async (request) => (await import('./watchDrift.ts')).watchDrift(request),
    payback: async (request) => (await import('./payback.ts')).payback(request),
    weighRollout: async (request) => (await import('./weighRollout.ts')).weighRollout(request),
    lineRates: async (request) => (await import('./lineRates.ts')).lineRates(request),
    compareLayers: async (request, context) =>
      (await import('./compareLayers.ts')).compareLayers(engine, request, context),
    attack: async (request, context) => (await import('./attack.ts')).attack(engine, request, context),
    classNames: async (request) => (await import('./certify.ts')).classNames(request),
    certify: async (request, context) => (await import('./certify.ts')).certify(engine, request, context),
    repeatLooks: async (request, context) =>
      (await import('./repeatLooks.ts')).repeatLooks(engine, request, context),
    certifiedAccuracy: async (request) => (await import('./certify.ts')).certifiedAccuracy(request),
    describe: async (request) => (await import('./describe.ts')).describe(request),
    card,
    ping: () => ({ rssBytes: process.memoryUsage.rss() }),
  };
}
