import { expect, it } from 'vitest';
import { parseLabels } from '../../../../native-models/detectors/labels.ts';

it.each([
  ['lines', 'ok\r\nscratch\n\ndeep dent\n', ['ok', 'scratch', 'deep dent']],
  ['numbered lines in another order', '2,burr\n0,ok\n1,"dent, deep"\n', ['ok', 'dent, deep', 'burr']],
  ['numbers from 1', '1: ok\n2: burr', ['ok', 'burr']],
  ['names that begin with numbers', '3 mm hole\n8 mm hole', ['3 mm hole', '8 mm hole']],
  ['one line', 'ok, scratch, dent', ['ok', 'scratch', 'dent']],
  ['a JSON array', '\uFEFF["良品", "打痕"]', ['良品', '打痕']],
  ['a JSON object', '{"1": "burr", "0": "ok"}', ['ok', 'burr']],
  [
    "Python's dictionary, as Ultralytics writes it",
    "{0: 'ok', 1: 'operator\\'s mark'}",
    ['ok', "operator's mark"],
  ],
  ['nothing', '  \n ', []],
])('reads %s', (_what, text, labels) => {
  expect(parseLabels(text)).toEqual(labels);
});
