// Bundles the front end into the folder given as the first argument. Run by build.py with the locked packages installed.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { ICONS } from './icons.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = process.argv[2];
const BUNDLES = {
  app: 'src/app/index.js',
  viewer: 'src/viewer.js',
  designer: 'src/designer/index.js',
  dmn: 'src/dmn.js',
  'form-editor': 'src/form-editor.js',
  'form-viewer': 'src/form-viewer.js',
  scan: 'src/scan.js'
};
// Typst sets letters with these where the machine has no CJK font of its own.
const FONTS = {
  'NotoSerifSC-Regular.ttf': '@expo-google-fonts/noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf',
  'NotoSerifSC-Bold.ttf': '@expo-google-fonts/noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf',
  'NotoSansSC-Regular.ttf': '@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf',
  'NotoSansSC-Bold.ttf': '@expo-google-fonts/noto-sans-sc/700Bold/NotoSansSC_700Bold.ttf'
};

function fromPackage(path) {
  return join(HERE, 'node_modules', path);
}

/** One SVG with a symbol for each icon. */
function sprite() {
  const symbols = ICONS.map(name => {
    const source = readFileSync(fromPackage(`lucide-static/icons/${name}.svg`), 'utf8');
    const inner = source.replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '').trim();
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" `
      + `stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
}

mkdirSync(join(OUT, 'fonts'), { recursive: true });
await esbuild.build({
  absWorkingDir: HERE,
  entryPoints: BUNDLES,
  outdir: OUT,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  legalComments: 'linked',
  logLevel: 'warning',
  define: { 'process.env.NODE_ENV': '"production"' },
  conditions: ['browser', 'module', 'import'],
  loader: { '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.eot': 'empty', '.svg': 'dataurl' }
});
writeFileSync(join(OUT, 'icons.svg'), sprite());
copyFileSync(fromPackage('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2'), join(OUT, 'inter.woff2'));
for (const [name, path] of Object.entries(FONTS)) {
  copyFileSync(fromPackage(path), join(OUT, 'fonts', name));
}
