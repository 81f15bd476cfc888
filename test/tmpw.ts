import { mkdtempSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { startInspecting, teachMobileNet, tileImages } from './bench/tileDetector.ts';
import { openBenchLine } from './bench/line.ts';
import { quantile } from './bench/figure.ts';
const root = mkdtempSync('/tmp/kv-');
const engine = startInspecting(root);
const model = await teachMobileNet(engine, root);
const line = await openBenchLine(root, engine, model);
const imgs = tileImages('test/good', 150);
const bare = await InferenceSession.create(model.path);
const data = new Float32Array(3 * 224 * 224).fill(0.1);
await line.judgeAll(imgs);
const b: number[] = [], a: number[] = []; let all = 0;
for (let r = 0; r < 8; r++) {
  for (const _ of imgs) { const s = performance.now(); await bare.run({ [bare.inputNames[0]!]: new Tensor('float32', data, [1, 3, 224, 224]) }); b.push(performance.now() - s); }
  const s = performance.now(); await line.judgeAll(imgs); all += performance.now() - s;
  for (const i of imgs) { const s = performance.now(); await line.judgeAll([i]); a.push(performance.now() - s); }
}
const mean = (x: number[]) => x.reduce((p, q) => p + q) / x.length;
console.log(`bare ${quantile(b, 0.5).toFixed(2)} (${mean(b).toFixed(2)}) | per part ${(all / 1200).toFixed(2)} throughput ${((100 * mean(b) * 1200) / all).toFixed(1)} % | alone ${quantile(a, 0.5).toFixed(2)} ratio ${(quantile(a, 0.5) / quantile(b, 0.5)).toFixed(3)} p95 ${quantile(a, 0.95).toFixed(1)} p99 ${quantile(a, 0.99).toFixed(1)}`);
await line.close(); await engine.stop(); process.exit(0);
