/* Runs a VirtualBox machine where its kernel module is not: what VBoxHeadless does, but with the runtime told that it may do without
   (SUPR3INIT_F_DRIVERLESS_IEM_ALLOWED, VBox/sup.h). The machine must have the execution engine "recompiler" or "interpreter".
   For these tests only; VirtualBox does not support it. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FOLDER "/usr/lib/virtualbox/"
#define DRIVERLESS_ALLOWED (1u << 3)

static void *find(const char *library, const char *name) {
  void *handle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
  void *found = handle == NULL ? NULL : dlsym(handle, name);
  if (found != NULL) return found;
  fprintf(stderr, "%s\n", dlerror());
  exit(1);
}

int main(int argc, char **argv, char **environment) {
  int (*initRuntime)(int, char ***, uint32_t) = find(FOLDER "VBoxRT.so", "RTR3InitExe");
  int (*initSupport)(uint32_t, void **) = find(FOLDER "VBoxRT.so", "SUPR3InitEx");
  int (*runMachine)(int, char **, char **);
  void *session = NULL;
  int status;

  argv[0] = FOLDER "VBoxHeadless";
  status = initRuntime(argc, &argv, 0);
  if (status >= 0) status = initSupport(DRIVERLESS_ALLOWED, &session);
  if (status < 0) {
    fprintf(stderr, "VirtualBox's runtime did not start: %d\n", status);
    return 1;
  }
  runMachine = find(FOLDER "VBoxHeadless.so", "TrustedMain");
  return runMachine(argc, argv, environment);
}
