import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitepress";
import { withMermaid } from "vitepress-plugin-mermaid";
import { indentedCode } from "./indentedCode.mts";
import { copyLinkedFiles, repositoryLinks } from "./links.mts";
import { root, sidebar } from "./pages.mts";

const home = "/README";

export default withMermaid(
  defineConfig({
    title: "Gloo Mesh relay registration",
    description: "Registers Kubernetes clusters with Gloo Mesh Enterprise through its relay",
    lang: "en",
    // The same files that the repository shows. A dead link fails the build, which is VitePress' default.
    srcDir: root,
    srcExclude: [
      "**/node_modules/**",
      "website/**",
      "templates/**",
      "test/**",
      "bin/**",
      "report/**",
      "docs/api/**",
      ".github/**",
    ],
    markdown: {
      config: (markdown) => {
        repositoryLinks(markdown);
        indentedCode(markdown);
      },
    },
    vite: {
      // The pages are outside of this folder, which has the modules that they import.
      resolve: { alias: { vue: join(root, "website", "node_modules", "vue") } },
      server: { fs: { allow: [root] } },
      build: { chunkSizeWarningLimit: 4000 },
    },
    themeConfig: {
      logoLink: home,
      nav: [
        { text: "Documents", link: "/docs/README" },
        { text: "First registration", link: "/docs/tutorial/first-registration" },
        { text: "Errors", link: "/docs/reference/errors/README" },
        { text: "Changelog", link: "/CHANGELOG" },
      ],
      sidebar: [{ text: "Overview", link: home }, { text: "Documents", link: "/docs/README" }, ...sidebar()],
      outline: { level: [2, 3] },
      search: { provider: "local" },
    },
    buildEnd: ({ outDir }) => {
      copyLinkedFiles(outDir);
      // The page of the root is the repository's README.
      writeFileSync(
        join(outDir, "index.html"),
        `<!doctype html><meta http-equiv="refresh" content="0; url=.${home}.html">\n`,
      );
    },
  }),
);
