export const rooms = [
  ...(['inspect', 'trends', 'review', 'teach'] as const),
  ...(['retrain', 'rollout', 'history', 'settings'] as const),
] as const;
/** Rooms that another one leads to; they do not stand in the rail. */
const innerRooms = ['roi', 'help'] as const;
export type Room = (typeof rooms)[number] | (typeof innerRooms)[number];

/** Which room is open, kept in the address (`#/history`), so that back and reload work. */
export class Navigation {
  readonly #location: Location;
  #path = $state.raw<string[]>([]);
  #last = $state.raw<{ readonly room: Exclude<Room, 'help'>; readonly address: string }>({
    room: 'inspect',
    address: '#/inspect',
  });

  constructor(window: Window) {
    this.#location = window.location;
    window.addEventListener('hashchange', () => this.#read());
    this.#read();
  }

  get room(): Room {
    return [...rooms, ...innerRooms].find((room) => room === this.#path[0]) ?? 'inspect';
  }

  /** What stands behind the room in the address, e.g. the tab of the settings. */
  get place(): string | null {
    return this.#path[1] ?? null;
  }

  /** What it is to show there, e.g. the model that a link names. */
  get item(): string | null {
    return this.#path[2] ?? null;
  }

  /** The screen that was open before the handbook. */
  get last() {
    return this.#last;
  }

  go(room: Room, place?: string): void {
    this.#location.hash = place === undefined ? `#/${room}` : `#/${room}/${place}`;
    this.#read();
  }

  #read(): void {
    this.#path = this.#location.hash.replace(/^#\/?/, '').split('/');
    if (this.room !== 'help') this.#last = { room: this.room, address: this.#location.hash };
  }
}
