// Empty on purpose: the manifest beside this only pins where Aeron's source comes from.
