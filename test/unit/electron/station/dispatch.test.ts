import { expect, test } from 'vitest';
import { KenroError } from '../../../../electron/contract/errors.ts';
import { reaches, type Role } from '../../../../electron/contract/people.ts';
import { actorName } from '../../../../electron/platform/acting.ts';
import { createDispatch, type Caller } from '../../../../electron/station/dispatch.ts';
import { anybody, handlersWith } from '../../../support/shellFixtures.ts';

function dispatcher(handlers: Parameters<typeof handlersWith>[0], caller: Caller = anybody) {
  const bugs: [string, unknown][] = [];
  const onBug = (name: string, thrown: unknown) => bugs.push([name, thrown]);
  const dispatch = createDispatch(handlersWith(handlers), onBug, caller);
  return { dispatch, bugs };
}

test('the handler gets the parsed request: defaults filled in, names trimmed, extras gone', async () => {
  const heard: unknown[] = [];
  const { dispatch } = dispatcher({
    'product.add': (request) => {
      heard.push(request);
      return { id: 1, name: request.name, createdMs: 0, activeModelId: null };
    },
  });
  const outcome = await dispatch('product.add', { name: '  Disc ', extra: 1, __proto__: { polluted: true } });
  expect(outcome).toMatchObject({ ok: true, reply: { name: 'Disc' } });
  expect(heard).toEqual([{ name: 'Disc' }]);
  expect(Object.keys(heard[0] as object)).toEqual(['name']);
});

test('a wrong request names its field and reaches no handler', async () => {
  const { dispatch, bugs } = dispatcher({ 'product.rename': () => expect.fail('reached') });
  expect(await dispatch('product.rename', { id: -1, name: 'x' })).toEqual({
    ok: false,
    error: { kind: 'badRequest', params: { field: 'id' } },
  });
  expect(await dispatch('product.rename', null)).toMatchObject({ error: { kind: 'badRequest' } });
  expect(bugs).toEqual([]);
});

test('names that every object has are not channels', async () => {
  const { dispatch } = dispatcher({});
  for (const name of ['', 'toString', '__proto__', 'constructor', 'hasOwnProperty', 'Product.add']) {
    expect(await dispatch(name, {})).toMatchObject({ ok: false, error: { kind: 'badRequest' } });
  }
});

test('an expected failure crosses with kind and parameters, and is no bug', async () => {
  const { dispatch, bugs } = dispatcher({
    'product.remove': async () => {
      throw new KenroError('conflict', { what: 'parts on record' });
    },
  });
  expect(await dispatch('product.remove', { id: 1 })).toEqual({
    ok: false,
    error: { kind: 'conflict', params: { what: 'parts on record' } },
  });
  expect(bugs).toEqual([]);
});

test('anything else is a bug: told to us, and to the page only that it happened', async () => {
  const thrown = new TypeError('secret detail');
  const { dispatch, bugs } = dispatcher({
    'product.remove': () => {
      throw thrown;
    },
    'history.count': () => ({ count: 'many' }) as never,
  });
  const internal = { ok: false, error: { kind: 'internal', params: {} } };
  expect(await dispatch('product.remove', { id: 1 })).toEqual(internal);
  expect(bugs).toEqual([['product.remove', thrown]]);

  const filter = {
    ...{ fromMs: null, toMs: null, productId: null, sourceId: null, modelId: null },
    ...{ verdicts: null, human: null, text: null, label: null },
  };
  expect(await dispatch('history.count', { filter })).toEqual(internal);
  expect(bugs).toHaveLength(2);
});

test('a caller without the role reaches no handler, and what is done is done on behalf of the caller', async () => {
  const asked: Role[] = [];
  const admit = (own: Role): Caller => ({
    admit: (needed) => {
      asked.push(needed);
      if (!reaches(own, needed)) throw new KenroError('roleLacking', { role: needed, own });
      return { actor: 'Sato' };
    },
  });
  const remove = () => {
    expect(actorName()).toBe('Sato');
    return {};
  };
  const handlers = { 'product.remove': remove, 'settings.change': () => expect.fail('reached') } as const;
  expect(await dispatcher(handlers, admit('qa')).dispatch('product.remove', { id: 1 })).toMatchObject({
    ok: true,
  });
  expect(await dispatcher(handlers, admit('supervisor')).dispatch('product.remove', { id: 1 })).toEqual({
    ok: false,
    error: { kind: 'roleLacking', params: { role: 'qa', own: 'supervisor' } },
  });
  const dearer = { lot: 'L1', signOutAfterMinutes: 1 };
  expect(await dispatcher(handlers, admit('qa')).dispatch('settings.change', dearer)).toMatchObject({
    ok: false,
  });
  expect(asked).toEqual(['qa', 'qa', 'admin']);
  expect(actorName()).toBe('operator');
});
