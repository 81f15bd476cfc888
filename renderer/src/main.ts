import './state/cspSafeZod.ts';
import { mount } from 'svelte';
import type { Bridge } from '../../electron/contract/bridge.ts';
import App from './App.svelte';
import { SocketBridge } from './state/socketBridge.ts';
import './styles/tokens.css';
import './styles/base.css';

declare global {
  interface Window {
    /** Set by the preload script in Electron; absent in a browser. */
    readonly kenro?: Bridge;
  }
}

const target = document.getElementById('app');
if (target === null) throw new Error('index.html lacks #app');

const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
mount(App, {
  target,
  props: { bridge: window.kenro ?? new SocketBridge(`${scheme}://${location.host}/socket`) },
});
