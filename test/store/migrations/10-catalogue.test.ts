import { afterEach, beforeEach, expect, it } from 'vitest';
import { catalogueRows, fileOfVersion, type MigratedFile } from '../support/migrated.ts';

let file: MigratedFile;
beforeEach(() => {
  file = fileOfVersion(0);
  file.migrateTo(10);
});
afterEach(() => file.remove());

it('makes the tables of products, sources, models, backbones and settings', () => {
  expect(file.tables()).toEqual(['backbones', 'kenro', 'models', 'products', 'settings', 'sources']);
  expect(file.db.pragma('user_version', { simple: true })).toBe(10);
  file.db.exec(catalogueRows);
  expect(file.db.prepare('SELECT * FROM products').all()).toEqual([
    { id: 1, name: 'disc', created_ms: 1, active_model_id: 1, removed_ms: null },
  ]);
});

it('keeps names unique among what is in use, and only there', () => {
  file.db.exec(catalogueRows);
  const add = `INSERT INTO products (name, created_ms) VALUES ('disc', 2)`;
  expect(() => file.db.exec(add)).toThrow(/UNIQUE/);
  file.db.exec('UPDATE products SET removed_ms = 3');
  file.db.exec(add);
});

it('refuses rows that refer to nothing, are of the wrong type or not JSON', () => {
  file.db.exec(catalogueRows);
  const source = (product: string, config: string) =>
    `INSERT INTO sources (name, product_id, paused, config, created_ms) VALUES ('b', ${product}, 0, '${config}', 1)`;
  expect(() => file.db.exec(source('9', '{}'))).toThrow(/FOREIGN KEY/);
  expect(() => file.db.exec(source(`'one'`, '{}'))).toThrow(/cannot store TEXT/);
  expect(() => file.db.exec(source('1', '{'))).toThrow(/CHECK/);
  expect(() => file.db.exec('DELETE FROM models')).toThrow(/FOREIGN KEY/);
  expect(() => file.db.exec('UPDATE models SET review_from = 0.7')).toThrow(/CHECK/);
});
