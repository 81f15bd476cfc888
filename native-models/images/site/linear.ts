/** The x of A·x = b by elimination with pivots. @param rows of A, square and not singular; not changed */
export function solve(rows: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const system = rows.map((row, i) => Float64Array.of(...row, right[i]!));
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs(system[row]![column]!) > Math.abs(system[pivot]![column]!)) pivot = row;
    }
    [system[column], system[pivot]] = [system[pivot]!, system[column]!];
    for (let row = column + 1; row < n; row++) {
      const factor = system[row]![column]! / system[column]![column]!;
      for (let k = column; k <= n; k++) system[row]![k]! -= factor * system[column]![k]!;
    }
  }
  const x = new Float64Array(n);
  for (let row = n - 1; row >= 0; row--) {
    let rest = system[row]![n]!;
    for (let k = row + 1; k < n; k++) rest -= system[row]![k]! * x[k]!;
    x[row] = rest / system[row]![row]!;
  }
  return x;
}
